//! The migrator against a real `MariaDB` and `PostgreSQL`.
