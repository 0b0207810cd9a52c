"""Lighthouse over every chapter."""
