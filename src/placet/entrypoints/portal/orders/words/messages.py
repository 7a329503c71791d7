"""What came of what was told to systems and people."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from placet.entrypoints.portal.frame.times import short_moment_text
from placet.entrypoints.portal.orders.story import Json


def webhook_answer(row: Json) -> str:
    """What came of a webhook: `200, second attempt`, `503, gave up after 8 attempts`."""
    code = (row["last"] or {}).get("status_code")
    answer = str(code) if code else _("no answer")
    facts = {"answer": answer, "many": row["tries"]}
    match row["status"]:
        case "delivered" if row["tries"] > 1:
            return _("%(answer)s, attempt %(many)s") % facts
        case "delivered":
            return answer
        case "failed":
            words = ngettext(
                "%(answer)s, gave up after %(many)s attempt",
                "%(answer)s, gave up after %(many)s attempts",
                row["tries"],
            )
            return words % facts
        case _ if row["last"]:
            return _("%(answer)s, tried again soon") % facts
        case _:
            return _("on its way")


def mail_answer(row: Json) -> tuple[str, str]:
    """What came of a mail: the state that it looks like, and the words for it."""
    if row["waits"]:
        return "pending", _("in the next daily mail")
    if row["due"]:
        return "pending", _("on its way")
    if row["sent_at"]:
        return "delivered", _("sent on %(at)s") % {"at": short_moment_text(row["sent_at"])}
    return "failed", _("could not be sent")
