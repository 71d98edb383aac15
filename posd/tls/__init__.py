"""TLS on the network: what posd shows to other machines, and how a store makes it by itself.

Read `validity` (how long a certificate is good for), then `shown` (the one that a running posd
shows, taken anew when it is renewed). `authority` makes certificates, `folder` keeps them: only
`posd tls` imports those two, since the daemon has no use for what they load. Imported by `daemon`
and the command line.
"""
