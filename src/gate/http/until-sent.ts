/** A place that a request holds, for as long as its answer is on the way: until the body was sent, or nobody wants it any more. */

export const heldUntilSent = async (
  method: string,
  release: () => void,
  answer: () => Response | Promise<Response>,
): Promise<Response> => {
  let response: Response
  try {
    response = await answer()
  } catch (error) {
    release()
    throw error
  }
  if (response.body === null || method === 'HEAD') {
    release()
    return response
  }
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        release()
        controller.close()
      } catch (error) {
        release()
        controller.error(error)
      }
    },
    cancel: async (reason) => {
      release()
      await reader.cancel(reason)
    },
  })
  return new Response(body, response)
}
