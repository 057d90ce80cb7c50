"""Pages for coordinators: server-rendered, readable without JavaScript."""
