"""The methods: a row of the registry each, in a file with its family."""
