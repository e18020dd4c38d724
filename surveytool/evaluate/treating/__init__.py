"""The room of case workers: how a returned person was treated, entered in one page and kept under a receipt."""
