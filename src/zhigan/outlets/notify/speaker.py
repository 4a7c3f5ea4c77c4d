"""Reads a text on standard input, says it in Mandarin, writes WAV to standard output: a child process of its own.

`python -m zhigan.outlets.notify.speaker`. It is the only module that loads espeak-ng's library (GPL-3); the platform
talks to it over two pipes and a process boundary, and runs an installed `espeak-ng` instead where there is
one. 22.05 kHz, mono.
"""

import ctypes
import io
import os
import sys
import wave

import espeakng_loader

SYNCHRONOUS, CHARACTER, UTF8 = 2, 1, 1
VOICE = b"cmn"
SPEED, RATE_PARAMETER = 160, 1
MOST_BYTES = 8192

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class SpeechFailed(RuntimeError):
    """The library does not speak; the message says at which call."""


def speak(text: str) -> bytes:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(espeakng_loader.get_data_path()), 0)
    if rate <= 0:
        raise SpeechFailed("espeak_Initialize")
    samples = bytearray()

    def take(data: int | None, count: int, _events: object) -> int:
        if data and count > 0:
            samples.extend(ctypes.string_at(data, count * 2))
        return 0

    callback = _Callback(take)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(VOICE) != 0:
        raise SpeechFailed("espeak_SetVoiceByName")
    library.espeak_SetParameter(RATE_PARAMETER, SPEED, 0)
    raw = text.encode() + b"\0"
    if library.espeak_Synth(raw, ctypes.c_size_t(len(raw)), 0, CHARACTER, 0, UTF8, None, None) != 0:
        raise SpeechFailed("espeak_Synth")
    library.espeak_Synchronize()
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(samples))
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(speak(sys.stdin.buffer.read(MOST_BYTES).decode()))
