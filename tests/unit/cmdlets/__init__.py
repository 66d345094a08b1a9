"""Tests of gatepost.cmdlets."""
