import hashlib

from earlyexp_bench.hooks import hookimpl

DIGEST = hashlib.pbkdf2_hmac("sha256", b"a password", b"salt", 1_500_000)


@hookimpl
def register_executors(register):
    register("slow", print)
