// Package store keeps records, the inbox and what the poller must remember in one bbolt file.
package store
