"""Dialogues between till (ECR) and terminal (PT) as text; `script` reads them.

Each file is replayed into the till's session and into the simulated terminal, each alone.
"""
