"""posd on a system of its own. `vm` boots one; nothing here is collected by pytest."""
