"""Which channels there are, by the settings.

Enters: settings, the wire, the pool. Leaves: channels by way, in the order in which they are tried; posts; what is not
set. Absent: the courier.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from zhigan.outlets.notify.audience import Post
from zhigan.outlets.notify.channels.aliyun import AliyunSms, AliyunVoice
from zhigan.outlets.notify.channels.app import App
from zhigan.outlets.notify.channels.email import Email
from zhigan.outlets.notify.channels.makers import Maker
from zhigan.outlets.notify.channels.robots import Robots
from zhigan.outlets.notify.channels.tencent import TencentSms
from zhigan.outlets.notify.channels.webhook import Webhook
from zhigan.outlets.notify.channels.webpush import WebPush
from zhigan.outlets.notify.channels.wechat import Tokens, WeChat
from zhigan.outlets.notify.channels.wire import Wire
from zhigan.outlets.notify.model import Way
from zhigan.outlets.notify.ports import Channel
from zhigan.protocols.couriers import (
    aliyun,
    huawei,
    oppo,
    pushes,
    robots,
    tencent,
    vivo,
    webhooks,
    webpush,
    wechat,
    xiaomi,
)
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings_notify import NotifySettings


class Choice:
    """`channels[way]` in the order in which they are tried."""

    def __init__(self, settings: NotifySettings, wire: Wire, pool: Pool, push_key: webpush.Key | None = None) -> None:
        self.channels: dict[Way, list[Channel]] = {}
        self.posts: list[Post] = []
        self.sms: list[AliyunSms | TencentSms] = []
        self._settings, self._wire = settings, wire
        self._add(App(pool))
        self._aliyun()
        self._tencent()
        self._wechat()
        self._makers()
        if push_key is not None:
            self._add(WebPush(wire, pool, push_key, settings.webpush_subject))
        self._email()
        self._robots()
        self._webhook()

    def _add(self, channel: Channel) -> None:
        self.channels.setdefault(channel.way, []).append(channel)

    def names(self) -> dict[Way, Sequence[str]]:
        return {way: [c.name for c in listed] for way, listed in self.channels.items()}

    def _aliyun(self) -> None:
        s = self._settings
        if not s.aliyun_key_id or s.aliyun_key_secret is None:
            return
        keys = aliyun.Keys(s.aliyun_key_id, s.aliyun_key_secret.reveal())
        if s.aliyun_sms_sign and s.aliyun_sms_template:
            sms = AliyunSms(self._wire, keys, s.aliyun_sms_sign, s.aliyun_sms_template, s.aliyun_url or aliyun.SMS_URL)
            self.sms.append(sms)
            self._add(sms)
        if s.aliyun_voice_template:
            self._add(
                AliyunVoice(
                    self._wire, keys, s.aliyun_voice_template, s.aliyun_voice_number,
                    s.aliyun_url or aliyun.VOICE_URL, dial=s.aliyun_voice_keys != "no",
                )
            )  # fmt: skip

    def _tencent(self) -> None:
        s = self._settings
        if s.tencent_key_id and s.tencent_key_secret is not None and s.tencent_sms_app and s.tencent_sms_template:
            keys = tencent.Keys(s.tencent_key_id, s.tencent_key_secret.reveal())
            sms = TencentSms(
                self._wire, keys, s.tencent_sms_app, s.tencent_sms_sign, s.tencent_sms_template, s.tencent_region,
                s.tencent_url or tencent.SMS_URL,
            )  # fmt: skip
            self.sms.append(sms)
            self._add(sms)

    def _wechat(self) -> None:
        s, url = self._settings, self._settings.wechat_url or wechat.URL
        if s.wechat_app and s.wechat_secret is not None and s.wechat_template:
            tokens = Tokens(self._wire, url, s.wechat_app, s.wechat_secret.reveal())
            self._add(WeChat(self._wire, tokens, url, s.wechat_template, official=True))
        if s.miniprogram_app and s.miniprogram_secret is not None and s.miniprogram_template:
            tokens = Tokens(self._wire, url, s.miniprogram_app, s.miniprogram_secret.reveal())
            page = s.miniprogram_page
            self._add(WeChat(self._wire, tokens, url, s.miniprogram_template, official=False, page=page))

    def _makers(self) -> None:
        s = self._settings
        made: list[pushes.Wire] = []
        if s.push_huawei_app and s.push_huawei_secret is not None:
            auth, url = s.push_huawei_url or huawei.AUTH_URL, s.push_huawei_url or huawei.URL
            made.append(
                huawei.Huawei(s.push_huawei_app, s.push_huawei_secret.reveal(), s.push_huawei_category, auth, url)
            )
        if s.push_package and s.push_xiaomi_secret is not None:
            url = s.push_xiaomi_url or xiaomi.URL
            made.append(xiaomi.Xiaomi(s.push_package, s.push_xiaomi_secret.reveal(), s.push_xiaomi_channel, url))
        if s.push_oppo_key and s.push_oppo_secret is not None:
            url = s.push_oppo_url or oppo.URL
            secret, heard = s.push_oppo_secret.reveal(), callback(s, "oppo", oppo.LONGEST_CALLBACK)
            made.append(oppo.Oppo(s.push_oppo_key, secret, s.push_oppo_channel, url, heard))
        if s.push_vivo_app and s.push_vivo_key and s.push_vivo_secret is not None:
            url = s.push_vivo_url or vivo.URL
            made.append(
                vivo.Vivo(s.push_vivo_app, s.push_vivo_key, s.push_vivo_secret.reveal(), s.push_vivo_category, url)
            )
        for maker in made:
            self._add(Maker(self._wire, maker, s.push_package))

    def _email(self) -> None:
        s = self._settings
        if s.smtp_url is not None:
            self._add(Email(s.smtp_url.reveal(), s.smtp_from, 2 * self._wire.answer_s))

    def _robots(self) -> None:
        s = self._settings
        if s.wecom_robots or s.dingtalk_robots:
            made = Robots(
                self._wire,
                tuple(key.reveal() for key in s.wecom_robots),
                tuple(key.reveal() for key in s.dingtalk_robots),
                s.wecom_url or robots.WECOM_URL,
                s.dingtalk_url or robots.DINGTALK_URL,
            )
            self._add(made)
            self.posts += made.posts()

    def _webhook(self) -> None:
        s = self._settings
        if s.webhook_url and s.webhook_secret is not None:
            webhooks.key(s.webhook_secret.reveal())
            self._add(Webhook(self._wire, s.webhook_url, s.webhook_secret.reveal()))
            self.posts.append(Post(Way.WEBHOOK, "webhook:0", "Webhook", s.webhook_url))


def callback(settings: NotifySettings, provider: str, longest: int) -> str:
    """The address that a message carries for its receipt; none where none is set, or where it would be too long."""
    if not settings.receipts_url or settings.receipts_token is None:
        return ""
    query = urlencode({"token": settings.receipts_token.reveal()})
    address = f"{settings.receipts_url}/api/v1/receipts/{provider}?{query}"
    return address if len(address) <= longest else ""
