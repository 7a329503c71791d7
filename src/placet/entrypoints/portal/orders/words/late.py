"""What somebody reads whose click came too late."""

from django.utils.translation import gettext as _

from placet.entrypoints.portal.orders.story import Story
from placet.entrypoints.portal.orders.words.status import label


def decided_meanwhile(story: Story, ago: str) -> str:
    """What somebody reads whose click came too late: who decided, as far as it may know."""
    start, end = _("Already decided."), _("Nothing was changed by your click.")
    facts = {"number": story.order["number"], "ago": ago}
    step = story.own_step
    if step and step.get("decided_at"):
        facts["name"] = step["decided_by"]
        approved = step["status"] == "approved"
        middle = (
            _("%(name)s approved %(number)s %(ago)s.")
            if approved
            else _("%(name)s rejected %(number)s %(ago)s.")
        )
    else:
        facts["status"] = label(story.order)
        middle = _("%(number)s is “%(status)s” by now.")
    return f"{start} {middle % facts} {end}"
