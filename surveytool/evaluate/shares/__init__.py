"""The room of shares: tables for partners behind links that end."""
