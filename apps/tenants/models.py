"""People, tenants and keys.

User, Tenant, Membership and ApiKey stand outside row-level security: signing in has to find them before any tenant
is known. Everything else that a tenant owns derives from TenantModel.
"""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.tenants.rules import Role as RoleRule
from apps.tenants.rules import Scope as ScopeRule
from apps.tenants.scoping import TenantManager, active_tenant_id


class Role(models.TextChoices):
    """What a member of a tenant's staff may do (rules.Role), with the words people see."""

    VIEWER = RoleRule.VIEWER.value, _("viewer")
    AGENT = RoleRule.AGENT.value, _("agent")
    MANAGER = RoleRule.MANAGER.value, _("manager")
    ADMINISTRATOR = RoleRule.ADMINISTRATOR.value, _("administrator")


class Scope(models.TextChoices):
    """What an API key may do (rules.Scope)."""

    READ = ScopeRule.READ.value, _("read")
    WRITE = ScopeRule.WRITE.value, _("write")


class UserManager(BaseUserManager["User"]):
    """Makes users who sign in with their e-mail."""

    def create_user(self, email: str, password: str | None = None, **values: Any) -> "User":
        """Create a user; raises ValueError without an e-mail. Without a password nobody can sign in as them."""
        if not email:
            raise ValueError("email: a user needs an e-mail address")
        user: User = self.model(email=email.strip().lower(), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **values: Any) -> "User":
        """Create a user who may do everything in every tenant."""
        return self.create_user(email, password, **(values | {"is_staff": True, "is_superuser": True}))

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by e-mail, in any case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in; what they may see comes from their memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("may use the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="uniq_users_email_lower")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """Return the name shown above the e-mail in the admin's corner."""
        return self.name

    def get_short_name(self) -> str:
        """Return the name shown in the admin's corner."""
        return self.name or self.email


class Tenant(models.Model):
    """A municipality or agency; its slug is Open311's jurisdiction_id."""

    slug = models.CharField(_("slug"), max_length=63, unique=True)
    name = models.CharField(_("name"), max_length=200)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=10, default="en")
    lat = models.FloatField(_("centre, latitude"), null=True, blank=True)
    lng = models.FloatField(_("centre, longitude"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        db_table = "tenants"
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """A row that belongs to one tenant.

    `objects` refuses to run without an active tenant. `all_tenants` is plain; row-level security still shows it
    nothing but the active tenant's rows, unless the code runs inside `scoping.all_tenants(reason)`.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, db_index=False, related_name="+", editable=False, verbose_name=_("tenant")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = TenantManager()
    all_tenants = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "all_tenants"
        default_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row; a new one without a tenant gets the active one."""
        if self.tenant_id is None:
            self.tenant_id = active_tenant_id()
        super().save(*args, **kwargs)


class TenantConfiguration(TenantModel):
    """One tenant's choices, a JSON document: triage, grouping, privacy, limits, branding."""

    document = models.JSONField(_("configuration"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "tenant_configurations"
        verbose_name = _("configuration")
        verbose_name_plural = _("configurations")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="uniq_tenant_configurations")]

    def __str__(self) -> str:
        return f"Configuration of {self.tenant_id}"


class Membership(models.Model):
    """A user's role in a tenant."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="memberships", db_index=False, verbose_name=_("tenant")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.AGENT)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        db_table = "memberships"
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="uniq_memberships_tenant_user")]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role}"


def default_scopes() -> list[str]:
    """Return what a key may do unless said otherwise."""
    return [Scope.READ.value, Scope.WRITE.value]


class ApiKey(models.Model):
    """A key that binds a caller to one tenant; only its hash is kept."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="api_keys", db_index=False, verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=10, choices=Scope.choices), default=default_scopes, verbose_name=_("scopes")
    )
    requests_per_minute = models.PositiveIntegerField(
        _("requests a minute"), null=True, blank=True, help_text=_("empty: the general limit")
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        db_table = "api_keys"
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        indexes = [
            # The admin's list of a tenant's keys (staff: ApiKeyAdmin).
            models.Index(fields=["tenant", "-created_at"], name="idx_api_keys_tenant_created"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (wl_{self.prefix}_…)"
