"""Reports for people: one view of a build, the formats that draw it, and all tables."""
