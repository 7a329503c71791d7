"""How people come in: password, second factor, single sign-on; allauth's ways, on our pages."""
