"""Pages for coordinators: server-rendered, readable without JavaScript.

`blueprints.install(app)` adds them all. Every view is thin: parse, call an action or a query,
render. Sentences live in `texts.toml`, in English and Khmer; looks in `static/pages.css`.
"""
