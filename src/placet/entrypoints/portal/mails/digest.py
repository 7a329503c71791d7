"""The one mail a day, for who wants that instead of single ones (R93)."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from placet.domain.mailing import Digest, Gathered, Letter
from placet.domain.words import MailKind
from placet.entrypoints.portal.frame.times import short_moment_text
from placet.entrypoints.portal.mails import sheet
from placet.entrypoints.portal.mails.letters import read_by, written


def digest_letter(digest: Digest) -> Letter:
    """What has gathered, the oldest first, in its reader's language and by its clock."""
    from_name, reply_to = digest.sender
    with read_by(digest.language, digest.time_zone):
        said = _sheet(digest)
        foot = _("Sent to %(name)s: one mail a day.") % {"name": digest.name}
        text, html = written(said, foot, from_name=from_name, chooses=True)
    return Letter(
        kind=MailKind.DIGEST,
        to=digest.email,
        subject=said.subject,
        text=text,
        html=html,
        person=digest.person,
        from_name=from_name,
        reply_to=reply_to,
    )


def _sheet(digest: Digest) -> sheet.Sheet:
    many = len(digest.told)
    subject = ngettext("Your day: %(many)s message", "Your day: %(many)s messages", many) % {"many": many}
    return sheet.Sheet(
        subject=subject,
        heading=subject,
        lead=(_("This is what you would have been told in single mails."),),
        gathered=tuple(map(_line, digest.told)),
        buttons=(sheet.Button(_("Open Placet"), settings.PUBLIC_URL + reverse("home")),),
    )


def _line(one: Gathered) -> sheet.Gathered:
    address = settings.PUBLIC_URL + reverse("order", args=[one.order]) if one.order else ""
    return sheet.Gathered(one.subject, short_moment_text(one.at), address)
