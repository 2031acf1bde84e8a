// The own camera and microphone, with whatever can be had of them.

/**
 * Asks for the devices that are wanted, and takes less where that fails: both, then each alone, then none.
 * @param {{camera: boolean, microphone: boolean}} wanted
 * @returns {Promise<{stream: MediaStream | null, note: string}>} `note` says what is missing and why, for people; else empty
 */
export async function openMedia(wanted) {
  if (!wanted.camera && !wanted.microphone) return { stream: null, note: "" };
  if (!navigator.mediaDevices?.getUserMedia) {
    return {
      stream: null,
      note: "This browser gives pages camera and microphone over HTTPS or on localhost only: you see and hear the others, they do not see you.",
    };
  }
  const video = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const audio = { echoCancellation: true, noiseSuppression: true };
  const attempts = [
    { video: wanted.camera && video, audio: wanted.microphone && audio },
    wanted.camera && wanted.microphone && { video, audio: false },
    wanted.camera && wanted.microphone && { video: false, audio },
  ].filter(Boolean);

  let firstError;
  for (const [index, constraints] of attempts.entries()) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      if (index === 0) return { stream, note: "" };
      const missing = constraints.video ? "microphone" : "camera";
      return { stream, note: `No ${missing}: ${reason(firstError)}.` };
    } catch (error) {
      firstError ??= error;
    }
  }
  return { stream: null, note: `No camera, no microphone: ${reason(firstError)}. You see and hear the others, they do not see you.` };
}

export function closeMedia(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function reason(error) {
  switch (error?.name) {
    case "NotAllowedError": return "permission was not given";
    case "NotFoundError":
    case "OverconstrainedError": return "there is none";
    case "NotReadableError": return "another program uses it";
    default: return error?.message || "it cannot be opened";
  }
}
