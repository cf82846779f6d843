package fetcher

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard decides by its address whether a peer may be contacted. It looks at the address that is about to be connected,
// never at the text of a URL: names can be written in many ways and answered differently each time.
type guard struct {
	allowed []netip.Prefix
	public  *ssrf.Guardian
}

// cloudAgent is formally public, but in one cloud it is the agent of the machine itself.
const cloudAgent = "168.63.129.16/32"

func newGuard(allowed []netip.Prefix) *guard {
	return &guard{
		allowed: allowed,
		public:  ssrf.New(ssrf.WithPorts(80, 443), ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix(cloudAgent))),
	}
}

// refused is the error of a connection that must not be made.
type refused struct {
	addr netip.AddrPort
	port bool // it is the port, not the address
}

func (r *refused) Error() string {
	if r.port {
		return fmt.Sprintf("port %d of %s is not 80 or 443; fetch.allow_networks opens every port of the networks it names",
			r.addr.Port(), r.addr.Addr())
	}
	return fmt.Sprintf("%s is not a public address; fetch.allow_networks names the private networks that may be contacted", r.addr.Addr())
}

// control is the Control function of a net.Dialer.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("cannot judge the address %s %s", network, address)
	}
	return g.check(ap)
}

// check gives nil or *refused.
func (g *guard) check(ap netip.AddrPort) error {
	ap = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	if g.allows(ap.Addr()) {
		return nil
	}
	if g.public.SafeAddr(ap.Addr()) != nil {
		return &refused{addr: ap}
	}
	if g.public.SafeAddrPort(ap) != nil {
		return &refused{addr: ap, port: true}
	}
	return nil
}

// allows says whether the operator named the address.
func (g *guard) allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(a) })
}

// checkURL judges all addresses of a URL's host. It is for requests through a proxy, where the connected address is not
// ours to see.
func (g *guard) checkURL(ctx context.Context, u *url.URL) error {
	_, port, err := net.SplitHostPort(hostOf(u))
	if err != nil {
		return err
	}
	addrs, err := addresses(ctx, u.Hostname())
	if err != nil {
		return err
	}
	for _, a := range addrs {
		ap, err := netip.ParseAddrPort(net.JoinHostPort(a.String(), port))
		if err != nil {
			return err
		}
		if err := g.check(ap); err != nil {
			return err
		}
	}
	return nil
}

// allowsHost says whether the operator named every address of the host.
func (g *guard) allowsHost(ctx context.Context, host string) bool {
	if len(g.allowed) == 0 {
		return false
	}
	addrs, err := addresses(ctx, host)
	return err == nil && !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return !g.allows(a) })
}

// addresses gives at least one address, or an error.
func addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(addrs) == 0 {
		err = &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	return addrs, err
}
