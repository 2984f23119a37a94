"""The staff's dashboard."""

from django.urls import path

from apps.dashboards import views

app_name = "dashboards"
urlpatterns = [path("dashboard/", views.home, name="home")]
