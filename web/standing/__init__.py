"""Approvals and permits that hold from now on."""
