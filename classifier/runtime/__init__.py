"""No-torch inference: bundle, scores, verdict; what a printer host installs."""
