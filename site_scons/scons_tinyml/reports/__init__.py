"""Reports for people: the view of a build, the formats that draw it, and all tables."""
