"""The room of joining: posters with QR codes, and cards with linking codes. Trainees read both."""
