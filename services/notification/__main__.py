"""`python -m services.notification`"""

from collections.abc import Mapping
from functools import partial

from libs.following import follow_notices, follow_remits
from libs.policy.scheme import Way
from libs.service import Service
from services.notification import counters, domain
from services.notification.api import routes
from services.notification.handlers import handlers
from services.notification.sending import PostRoom
from services.notification.settings import NotificationSettings
from services.notification.sign_in_codes import code_routes
from services.notification.sources import Sources
from services.notification.stuck import unheard
from services.notification.templates import ASKED_FOR, load_templates, refuse_gaps
from services.notification.ways import HttpSms, LoggedSms, OperatorCall, SmtpEmail, WayOut


def build(settings: NotificationSettings, kind: type[Service] = Service) -> Service:
    service = kind("notification", settings)
    serve(service, post_room(service, settings))
    return service


def post_room(service: Service, settings: NotificationSettings) -> PostRoom:
    """Everything that letters need. Raises `ValueError` when a scheme names a letter that cannot be written."""
    templates = load_templates()
    refuse_gaps(templates, service.schemes)
    return PostRoom(
        service=service,
        mail=service.collection(
            "mail",
            empty=domain.empty,
            evolve=partial(domain.evolve, schemes=service.schemes),
            keys=domain.keys,
            indexes=("next_due", "calls_since", "undelivered"),
        ),
        shares=service.collection(
            "counters",
            empty=counters.empty,
            evolve=counters.evolve,
            keys=counters.keys,
            indexes=("next_due",),
            forgets=True,
        ),
        sources=Sources(service.fetch, service.directory, public_url=settings.public_url),
        templates=templates,
        ways=ways(service, settings),
        rules=settings.rules,
        public_url=settings.public_url,
        calendars=service.calendars,
    )


def serve(service: Service, post: PostRoom) -> None:
    follow_notices(service)
    follow_remits(service)
    service.hears(handlers(service, post.mail))
    service.when_due_at_once(post.mail, post.work)
    service.when_due(post.shares, post.forget)
    service.stuck_too.append(partial(unheard, service, post.mail))
    service.answers(
        lambda: routes(service, post),
        lambda: code_routes(post, load_templates(ASKED_FOR)),
    )


def ways(service: Service, settings: NotificationSettings) -> Mapping[Way, WayOut]:
    sms: Mapping[str, WayOut] = {
        "log": LoggedSms(settings.sms_log, secrets=settings.sms_log_secrets),
        "http": HttpSms(service.http, settings.sms_url, settings.sms_token.get_secret_value(), settings.sms_templates),
    }
    email = SmtpEmail(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        sender=settings.smtp_from,
        delivered_on_accept=settings.email_delivered_on_accept,
    )
    return {"sms": sms[settings.sms_provider], "email": email, "call": OperatorCall()}


if __name__ == "__main__":
    build(NotificationSettings()).run()  # pyright: ignore[reportCallIssue]
