"""`placet reseal`: stored keys under the newest `PLACET_SECRET_KEY`."""

from rich.console import Console

from placet.actions.choose_gateway import reseal_keys


def reseal(console: Console) -> bool:
    """Seals them anew and says how many; false if some could not be opened."""
    all_, shut = reseal_keys()
    console.print(f"{all_ - shut} of {all_} keys are sealed anew.", markup=False)
    if shut:
        console.print("The others need an earlier key in PLACET_SECRET_KEY_FALLBACKS.", markup=False)
    return not shut
