"""`python -m noc` is `noc`."""

from noc.cli import main

if __name__ == "__main__":
    main()
