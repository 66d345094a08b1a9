"""Cmdlets: one table that drives the shell language, InvokeCommand, the PowerShell module and the reference.

Owns    names, parameters, defaults, help and the call into manage of every cmdlet.
Never   stores, decides or validates anything itself.
"""
