"""What a person needs to see of a held job, small enough to send, without the job itself."""
