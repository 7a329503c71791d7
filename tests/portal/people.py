"""People who look at pages, each in one role of one organization."""

from typing import Any, Final
from uuid import uuid4

from django.test import Client

from placet.domain.words import Role
from placet.entrypoints.portal.frame.caller import ORGANIZATION
from placet.storage import models
from tests.portal.walking import Answer, Get, readable

SIGN_IN: Final = "placet.entrypoints.portal.sign_in.backend.People"


def signed_in(ref: str, role: str = "admin", *, enforce_csrf_checks: bool = False) -> Client:
    """The browser of somebody who has that role there: of the world file, or made for the occasion. It acts
    for this organization, whatever else the person may act for."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks)
    person, organization = member(ref, role)
    client.force_login(person, SIGN_IN)
    session = client.session
    session[ORGANIZATION] = str(organization.id)
    session.save()
    return client


def member(ref: str, role: str = "admin") -> tuple[models.User, models.Organization]:
    """Somebody who has that role there, and the organization."""
    organization = models.Organization.objects.get(ref=ref)
    known = models.Membership.objects.filter(organization=organization, role=role).first()
    if known:
        return models.User.objects.get(id=known.user_id), organization
    person, _ = models.User.objects.get_or_create(
        email=f"{role}@{ref}.test", defaults={"id": uuid4(), "name": f"{ref}'s {role}", "password": "!"}
    )
    models.Membership.objects.create(user=person, organization=organization, role=Role(role))
    return person, organization


def reader(client: Client) -> Get:
    """What somebody's browser gets, for walking."""

    def get(address: str) -> Answer:
        answer: Any = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        kind = answer.headers.get("Content-Type", "")
        return Answer(answer.status_code, readable(kind, content), answer.headers.get("Location", ""), kind)

    return get
