from flask import Blueprint
bp = Blueprint("evaluate", __name__, url_prefix="/evaluate")
