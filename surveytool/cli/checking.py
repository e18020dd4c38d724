"""Commands for questionnaires and translations."""

import click

from surveytool.cli.common import fail, main


@main.command()
def check() -> None:
    """Check every questionnaire and every translation; exit 0 only when all are whole.

    Example: surveytool check
    """
    from surveytool.definitions import DefinitionError, load_questionnaire, questionnaire_names
    from surveytool.translations import catalog_problems, wording_problems

    problems = []
    for name in questionnaire_names():
        try:
            questionnaire = load_questionnaire(name)
            problems += [str(problem) for problem in wording_problems(name)]
        except DefinitionError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
        else:
            click.echo(f"{name}: {len(questionnaire.items)} items in {len(questionnaire.languages)} languages.")
    problems += [str(problem) for problem in catalog_problems()]
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        fail(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found.")
    click.echo("Every questionnaire and translation is whole.")


@main.command()
@click.argument("questionnaire")
@click.argument("language")
@click.argument("keys", nargs=-1)
def stamp(questionnaire: str, language: str, keys: tuple[str, ...]) -> None:
    """Note that strings were translated from the English as it is now: the KEYS named, or all that are not stamped yet.

    Example: surveytool stamp partner_survey th items.trained.label
    """
    from surveytool.definitions import DefinitionError, load_questionnaire
    from surveytool.definitions.loading import questionnaire_folder, read_raw
    from surveytool.definitions.wording import english_strings, read_wording
    from surveytool.translations import stamp as write

    try:
        load_questionnaire(questionnaire)
        english = english_strings(read_raw(questionnaire))
        file = questionnaire_folder(questionnaire) / f"{language}.yaml"
        if language == "en" or not file.is_file():
            fail(f"There is no translation file {file.name} of {questionnaire}.")
        made_from = read_wording(file).made_from
    except DefinitionError as error:
        fail(str(error))
    if unknown := [key for key in keys if key not in made_from]:
        fail(f"{file.name} has no string '{unknown[0]}'.")
    count = write(file, english, lambda key: key in keys if keys else not made_from.get(key))
    click.echo(f"{count} strings of {questionnaire}/{file.name} stamped.")


@main.command(name="compile")
def compile_() -> None:
    """Compile the catalogues of the interface's words after a .po file has changed.

    Example: surveytool compile
    """
    from surveytool.translations import compile_catalogs

    click.echo(f"{compile_catalogs()} catalogues compiled.")
