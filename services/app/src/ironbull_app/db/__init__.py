"""The adapters of PostgreSQL: schema, unit of work, repositories."""
