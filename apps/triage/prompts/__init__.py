"""Prompts by version. An old version stays as long as an answer in the database names it."""

from .v1 import PROMPT_VERSION, PromptItem, ServiceLabel, build_messages, response_format

__all__ = ["PROMPT_VERSION", "PromptItem", "ServiceLabel", "build_messages", "response_format"]
