"""The program: command line, settings, themes, the Textual App. Composes; decides nothing."""
