"""What the operator has registered: sites, stations, outlets, tokens; how they are named, imported and looked up."""
