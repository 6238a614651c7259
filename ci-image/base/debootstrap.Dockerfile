# The base where no image registry answers: a root file system made from the locked packages alone (rootfs.tar, by mmdebstrap).
FROM scratch
ADD rootfs.tar /
COPY tidy /tidy
RUN sh /tidy && rm /tidy
