"""Invented cities and what their citizens report: standard library only, the same on every machine for a seed."""

from apps.demo.city.catalogue import SEVERITIES, ServiceKind, services
from apps.demo.city.city import City, CityReport, draw_city
from apps.demo.city.names import CityProfile, city_profile
from apps.demo.city.population import CityOrder, plan_population, zipf_sizes
from apps.demo.city.problems import Problem

__all__ = [
    "SEVERITIES",
    "City",
    "CityOrder",
    "CityProfile",
    "CityReport",
    "Problem",
    "ServiceKind",
    "city_profile",
    "draw_city",
    "plan_population",
    "services",
    "zipf_sizes",
]
