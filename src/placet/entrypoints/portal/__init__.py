"""The portal: server-rendered pages for people. A page is one view behind one door (`doors`), shows what
the same actions and projections give that the API uses, and works by plain links and forms; htmx only
spares the full reload.
"""
