"""Secrets, hosts, cookies, transport and the content security policy."""

import hashlib

from csp.constants import NONCE, NONE, SELF

from config.settings import environment as env

# Development derives a stable key from the clone's folder: sessions survive a restart. Production brings its own.
_development_key = "development-" + hashlib.sha256(str(env.BASE_DIR).encode()).hexdigest()
SECRET_KEY = env.required_in_production("SECRET_KEY", env.text("SECRET_KEY", _development_key, pattern=r".{32,}"))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if env.PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
env.required_in_production("ALLOWED_HOSTS", ",".join(ALLOWED_HOSTS))
DEBUG = False

TLS = env.boolean("TLS", env.PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
# Read from Redis, kept in the database: a session costs no query while the cache has it.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.integer("TRUSTED_PROXIES", 0) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/dashboard/"

PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if env.ENVIRONMENT == "test"
    else ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": (),
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
# The admin's theme evaluates Alpine expressions and sets inline styles; only its own pages get this.
CONTENT_SECURITY_POLICY_ADMIN = {
    "script-src": [SELF, "'unsafe-eval'"],
    "style-src": [SELF, "'unsafe-inline'"],
}
