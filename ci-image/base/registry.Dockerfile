# The base where an image registry answers: the IMAGE_BASE of VERSIONS, by digest, with the locked packages installed over it.
ARG IMAGE_BASE
FROM ${IMAGE_BASE}
COPY dpkg.cfg /etc/dpkg/dpkg.cfg.d/foundation
COPY debs /debs
COPY tidy /tidy
# Unpacked together and then configured together: dpkg finds the order. Triggers and questions must not wait for anybody.
RUN export DEBIAN_FRONTEND=noninteractive \
 && dpkg --unpack --auto-deconfigure --force-downgrade /debs/*.deb \
 && dpkg --configure --pending \
 && sh /tidy && rm -r /tidy /debs
