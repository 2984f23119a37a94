"""The admin, and the pages of ours inside it."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.staff import operations, views

switch = path("switch-tenant/", admin.site.admin_view(views.switch_tenant), name="switch_tenant")
own = ([switch, *operations.urlpatterns], "staff")
urlpatterns: list[URLPattern | URLResolver] = [path("", include(own)), path("", admin.site.urls)]
