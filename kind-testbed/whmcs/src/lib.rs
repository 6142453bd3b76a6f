//! A WHMCS database to try a migration on: its schema, a seeded generator of messy data, and the truth about it.
