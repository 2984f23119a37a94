"""The formats that imports know by name."""

from collections.abc import Mapping

from apps.reports.formats.layout import FIELDS, Layout, column_name
from apps.reports.formats.rows import BadMapping, UnknownFormat

# GeoReport v2's fields, its Bulk proposal's (`closed_date`, `status_description`), and common misspellings of `long`.
_OPEN311 = Layout(
    name="open311",
    columns={
        "external_id": ("service_request_id",),
        "received_at": ("requested_datetime",),
        "service_code": ("service_code",),
        "service_name": ("service_name",),
        "service_group": ("group", "service_group"),
        "description": ("description",),
        "status": ("status", "status_description"),
        "status_notes": ("status_notes",),
        "lat": ("lat", "latitude"),
        "lng": ("long", "lng", "lon", "longitude"),
        "address": ("address", "address_string"),
        "address_id": ("address_id",),
        "zipcode": ("zipcode",),
        "media_url": ("media_url",),
        "closed_at": ("closed_date", "closed_datetime"),
        "updated_at": ("updated_datetime",),
    },
    # Nobody's name, e-mail or telephone is among them: personal data does not belong into attributes.
    attributes={
        "agency_responsible": ("agency_responsible",),
        "service_notice": ("service_notice",),
        "expected_datetime": ("expected_datetime",),
        "service_subtype": ("service_subtype",),
        "source": ("source",),
    },
    times=frozenset({"expected_datetime"}),
    closed_is_updated=True,
)

# Boston's open data of city cases; the files of 2011 and 2015 differ in spelling and in how they write times.
_BOSTON_CRM = Layout(
    name="boston_crm",
    columns={
        "external_id": ("case_enquiry_id",),
        "received_at": ("open_dt",),
        "service_name": ("type",),
        "service_group": ("reason",),
        "description": ("case_title",),
        "status": ("case_status",),
        "status_notes": ("closure_reason",),
        "lat": ("latitude",),
        "lng": ("longitude",),
        "address": ("location", "location_street_name"),
        "address_id": ("property_id",),
        "zipcode": ("location_zipcode",),
        "media_url": ("submittedphoto", "submitted_photo"),
        "closed_at": ("closed_dt",),
    },
    attributes={
        "target": ("target_dt", "sla_target_dt"),
        "on_time": ("ontime", "ontime_status", "on_time"),
        "queue": ("queue",),
        "department": ("department",),
        "subject": ("subject",),
        "source": ("source",),
        "neighborhood": ("neighborhood",),
        "ward": ("ward",),
        "closed_photo": ("closedphoto", "closed_photo"),
    },
    times=frozenset({"target"}),
    postcode_digits=5,
)

_NYC311 = Layout(
    name="nyc311",
    columns={
        "external_id": ("unique_key",),
        "received_at": ("created_date",),
        "service_name": ("complaint_type", "problem_(formerly_complaint_type)"),
        "service_group": ("agency_name", "agency"),
        "description": ("descriptor", "problem_detail_(formerly_descriptor)"),
        "status": ("status",),
        "status_notes": ("resolution_description",),
        "lat": ("latitude",),
        "lng": ("longitude",),
        "address": ("incident_address",),
        "zipcode": ("incident_zip",),
        "closed_at": ("closed_date",),
        "updated_at": ("resolution_action_updated_date",),
    },
    attributes={
        "target": ("due_date",),
        "department": ("agency",),
        "location_type": ("location_type",),
        "borough": ("borough",),
        "source": ("open_data_channel_type",),
    },
    times=frozenset({"target"}),
)

_SEECLICKFIX = Layout(
    name="seeclickfix",
    columns={
        "external_id": ("id",),
        "received_at": ("created_at",),
        "service_name": ("request_type.title",),
        "title": ("summary",),
        "description": ("description",),
        "status": ("status",),
        "lat": ("lat",),
        "lng": ("lng",),
        "address": ("address",),
        "media_url": ("media.image_full", "image_full"),
        "acknowledged_at": ("acknowledged_at",),
        "closed_at": ("closed_at",),
        "updated_at": ("updated_at",),
    },
    attributes={
        "rating": ("rating",),
        "url": ("html_url", "url"),
        "reopened_at": ("reopened_at",),
    },
    times=frozenset({"reopened_at"}),
    list_key="issues",
    # Issues of the first years, and some exports, have no request type.
    service_default="Other",
)

_LAYOUTS = {layout.name: layout for layout in (_OPEN311, _BOSTON_CRM, _NYC311, _SEECLICKFIX)}
MAPPED = "csv"
_ATTRIBUTE = "attributes."


def known_formats() -> list[str]:
    """Return the names that `layout_of` knows, with `csv`, whose columns the caller maps."""
    return [*_LAYOUTS, MAPPED]


def layout_of(name: str, mapping: Mapping[str, str] | None = None) -> Layout:
    """Return the layout of a format; `mapping` (field → column) is for csv.

    Errors: UnknownFormat listing the known ones; BadMapping for an unknown field, or a mapping of another format.
    """
    if name == MAPPED:
        return mapped_layout(mapping or {})
    if name not in _LAYOUTS:
        raise UnknownFormat(f"unknown format {name!r}; known are: {', '.join(known_formats())}")
    if mapping:
        raise BadMapping(f"a mapping is for the format {MAPPED}; {name} has its own")
    return _LAYOUTS[name]


def mapped_layout(mapping: Mapping[str, str]) -> Layout:
    """Return a layout of the caller's columns; a field without one is looked for under its own and Open311's names."""
    columns = {field: (field, *_OPEN311.columns.get(field, ())) for field in FIELDS}
    attributes: dict[str, tuple[str, ...]] = {}
    for field, column in mapping.items():
        if field.startswith(_ATTRIBUTE) and len(field) > len(_ATTRIBUTE):
            attributes[field.removeprefix(_ATTRIBUTE)] = (column_name(column),)
        elif field in columns:
            columns[field] = (column_name(column),)
        else:
            known = ", ".join((*FIELDS, f"{_ATTRIBUTE}<key>"))
            raise BadMapping(f"map: there is no field {field!r}; the fields are: {known}")
    required = frozenset(column_name(column) for column in mapping.values())
    return Layout(name=MAPPED, columns=columns, attributes=attributes, required=required)
