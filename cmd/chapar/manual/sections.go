package manual

// What stands before the commands, and what behind them.

const about = `
DESCRIPTION
chapar polls feeds and pages of publications politely, takes the article out of each page, cleans it into one plain form, recognises copies and edits, judges how far it is about the security of Central Asia and says why, and keeps it all in one file from which a growing corpus is exported.

chapar run is the daemon; installed as a service it is started by systemctl enable --now chapar. One process writes the database. Commands that read (export, show, search, stats, sources, backup) ask the running daemon through a socket beside the database; those that write are refused, with the number of the process that holds it.

Data goes to the standard output, logs and progress to the standard error. Tables are for people; --json gives the same to programs.
`

const rest = `
EXIT STATUS
0:
    Done.
1:
    Failed at run time; one line tells what could not be done, and how to mend it.
2:
    Wrong use, or a config with mistakes; nothing was changed.
SIGNALS
SIGTERM, SIGINT:
    End. The daemon saves what it has and lets go of the database within ten seconds; every other command ends at once and leaves no half of anything. What was under way is done again at the next start.
SIGHUP:
    chapar run reads its config again. One with mistakes is refused line by line in the log, and the present one stays in force.
ENVIRONMENT
NAME:
    Stands for ${NAME} in the values of the config. One that is not set is sought in a file called environment beside the config, /etc/chapar/environment for the service; one that is not there either is a mistake of the config.
NOTIFY_SOCKET, WATCHDOG_USEC:
    Set by systemd: where the daemon tells that it is ready, reloads, stops and lives.
GOMEMLIMIT:
    From here on memory is given back more eagerly; the service sets 400MiB under a wall of 512.
TZ:
    The zone of times shown to people. Zones are inside the program and need no files.
SSL_CERT_FILE, SSL_CERT_DIR:
    Where the certificates of authorities lie, in place of the system's.
FILES
config.yaml:
    The config, sought here and then in /etc/chapar; paths in it are relative to its folder. Every setting stands in its comments. Check it with chapar check.
/etc/chapar/environment:
    NAME=value lines for ${NAME} in the config, such as cookies and tokens. Readable by root only: keep mode 0600.
/etc/chapar/seeds:
    Documents of your own (*.txt) that the service takes in when it starts.
/etc/chapar/seeds/sources.yaml:
    The source pack: two hundred sources, which the config includes. Edit it as you like; upgrades ask first.
/var/lib/chapar/chapar.db:
    The database of the service. Beside it, while it is in use, lie chapar.db.sock and chapar.db.pid.
/var/lib/chapar/backups/chapar-DATE.db:
    The last seven nightly copies, each verified, once chapar-backup.timer is enabled.
/var/lib/chapar/export/chapar.jsonl:
    The corpus of last night, once chapar-export.timer is enabled.
SERVICE
/var/lib/chapar opens to the service and to root alone. Whoever administers it asks by sudo.
$ sudo systemctl enable --now chapar     # gather from now on
$ sudo systemctl reload chapar           # when the config has changed
$ sudo chapar stats
$ sudo systemctl enable --now chapar-backup.timer chapar-export.timer
$ sudo systemctl start chapar-backup     # a copy now
To restore a backup, stop chapar, copy it to /var/lib/chapar/chapar.db and start chapar again.
SEE ALSO
systemctl(1), journalctl(1), systemd.service(5)
`
