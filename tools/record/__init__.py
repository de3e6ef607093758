"""Record a masked session of the real API that answers the open facts: `make record`."""
