"""Products: briefs, annexes and tables for those we speak with, each made of releases alone.

A pack keeps which releases, promises and quotes stand in it, never their words: it is made again,
to the same bytes, whenever somebody takes it, so what a narrator took back is in none from that
moment on.
"""
