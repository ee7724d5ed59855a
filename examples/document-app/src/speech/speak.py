# Speaks the text of standard input with the library of eSpeak NG, and writes the sound to standard
# output: the samples per second as a line, then samples of 16 bits, the lower byte first.
#
# Arguments: the folder of the package espeakng-loader, the voice.
import ctypes
import sys

sys.path.insert(0, sys.argv[1])
import espeakng_loader

SYNCHRONOUS, DONT_EXIT, UTF8, OK = 2, 0x8000, 1, 0

espeak = ctypes.CDLL(espeakng_loader.get_library_path())
data = espeakng_loader.get_data_path()
rate = espeak.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), DONT_EXIT)
if rate <= 0:
    sys.exit("the library does not start with the data in " + data)
if espeak.espeak_SetVoiceByName(sys.argv[2].encode()) != OK:
    sys.exit("there is no voice " + sys.argv[2])

out = sys.stdout.buffer
out.write(b"%d\n" % rate)


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
def take(samples, count, _events):
    if samples and count > 0:
        out.write(ctypes.string_at(samples, count * 2))
    return 0


espeak.espeak_SetSynthCallback(take)
text = sys.stdin.buffer.read().replace(b"\0", b" ") + b"\0"
size = ctypes.c_size_t(len(text))
if espeak.espeak_Synth(text, size, 0, 1, 0, UTF8, None, None) != OK:
    sys.exit("the library does not speak")
espeak.espeak_Synchronize()
out.flush()
