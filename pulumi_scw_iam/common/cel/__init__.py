"""CEL, the language of conditions: syntax trees, the parser, and the evaluation."""
