"""The three HTTP audiences: merchant (tenants' servers), admin (staff), platform (operator)."""
