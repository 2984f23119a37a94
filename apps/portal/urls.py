"""The public pages. A slug comes first, so these stand behind every other route (config/urls.py)."""

from django.urls import path

from apps.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.cities, name="cities"),
    path("<str:slug>/", views.home, name="home"),
    path("<str:slug>/issues.geojson", views.points, name="points"),
    path("<str:slug>/report/", views.report, name="report"),
    path("<str:slug>/reports/<uuid:public_id>/", views.report_status, name="report_status"),
    path("<str:slug>/issues/<int:number>/", views.issue, name="issue"),
]
